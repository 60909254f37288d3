package dev.proa.images;

/** An image that a registry's search found. */
public record SearchResult(String name, String description, int stars, boolean official) {}
