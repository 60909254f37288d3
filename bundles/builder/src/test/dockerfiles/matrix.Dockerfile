#syntax = docker/dockerfile:1.7-labs
#check = skip=JSONArgsRecommended;error=true

ARG  BASE=debian
ARG  TAG=stable
FROM ${BASE}:${TAG} as one
FROM one AS two-b
FROM two-b as three.c_d
RUN --network=none --security=sandbox true
FROM scratch
COPY --from=three.c_d --chmod=u=rwX,go=rX / /
COPY --from=0 /a /b
COPY --from=nginx:latest /etc/nginx/nginx.conf /nginx.conf
CMD exec app
