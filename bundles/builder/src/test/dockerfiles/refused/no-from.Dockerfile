# no build stage in current context
RUN x
