# unterminated heredoc: the line EOF is missing
FROM a
RUN <<EOF
 echo
  EOF
