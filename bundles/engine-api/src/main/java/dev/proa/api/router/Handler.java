package dev.proa.api.router;

/** Answers the requests of one route. What it throws before the answer's head is out becomes the answer. */
@FunctionalInterface
public interface Handler {
  void handle(Call call) throws Exception;
}
