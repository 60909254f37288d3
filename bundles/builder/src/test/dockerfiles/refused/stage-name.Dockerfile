# invalid name for build stage: "2nd"
FROM a AS 2nd
