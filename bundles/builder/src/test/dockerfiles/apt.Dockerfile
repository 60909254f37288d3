FROM debian:bookworm-slim

LABEL org.opencontainers.image.title="tools" \
      org.opencontainers.image.description="one layer, nothing left of apt"

# comments between lines of one command
RUN set -eux; \
	apt-get update; \
	apt-get install -y --no-install-recommends \
# certificates are for curl
		ca-certificates \

		curl \
		# an indented one
		gnupg \
	; \
	rm -rf /var/lib/apt/lists/*
ENV LANG=C.UTF-8 PATH=/opt/bin:$PATH
VOLUME ["/data", "/logs"]
STOPSIGNAL SIGQUIT
