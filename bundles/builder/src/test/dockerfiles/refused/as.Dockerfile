# FROM requires either one or three arguments
FROM a AS
