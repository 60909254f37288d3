FROM alpine:3.22
RUN <<EOF
apk add --no-cache git
git --version
EOF
RUN <<-'SCRIPT' sh -s first
	echo "$1 and $HOME are the shell's"
	SCRIPT
COPY <<"robots.txt" <<humans.txt /usr/share/nginx/html/
User-agent: *
robots.txt
We are $USER
humans.txt
RUN 3<<FD cat /proc/self/fd/3 && echo '<<NONE' && echo $((1 << 4)) && cat <<< here
not a shell's
FD
