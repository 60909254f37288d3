# requires at least one argument
FROM a
WORKDIR
