# as they were written ten years ago
from ubuntu:14.04
maintainer Some Body <some@body.example>
env DEBIAN_FRONTEND noninteractive
env   SPACED   a value   with blanks
run apt-get update && apt-get install -y nginx \
  && echo "\ndaemon off;" >> /etc/nginx/nginx.conf \
  && chown -R www-data:www-data /var/lib/nginx
onbuild add . /app
volume /etc/nginx/sites-enabled /var/log/nginx
workdir /etc/nginx
cmd ["nginx"]
expose 80 443/tcp 53/udp
