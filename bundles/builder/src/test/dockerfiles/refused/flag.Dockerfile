# unknown flag: --form (did you mean --from?)
FROM a
COPY --form=b /x /y
