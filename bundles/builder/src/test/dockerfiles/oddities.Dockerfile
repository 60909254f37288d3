FROM busybox
RUN    ["/bin/sh",   "-c",  "echo \"quoted\" [and] {braces}"]
RUN [ -f /etc/passwd ] && echo "no list: a test"
RUN ['single', 'quotes', 'are a shell line']
CMD [ ]
ENTRYPOINT []
RUN echo hi \ 
    there\
    you
ENV a=1 b="two words" c='single $x' d=back\ slash e=${f:-"quoted default"} g=$h$i j=
LABEL "quoted key"="value with \"quotes\"" multi.line="a\
b"
ARG one two=2 three="3 3"
EXPOSE 8000-8010/tcp $a
HEALTHCHECK NONE
ONBUILD RUN --mount=type=tmpfs,target=/t true
ADD --checksum=sha256:24454f830cdb571e2c4ad15481119c43b3cafd48dd869a9b2945d1036d1dc68d https://example.test/x.tar.gz /
ADD --keep-git-dir=true https://example.test/x/y.git#v1:sub /src
COPY --link --parents --exclude=*.md --exclude=**/*.log ./a/./b/c /dst/
COPY ["with blank", "/to here/"]
USER ${USER:-nobody}:${GROUP:-nogroup}
CMD echo last line without an end \
