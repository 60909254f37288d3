package dev.proa.images;

import org.jspecify.annotations.Nullable;

/**
 * {@code docker push}.
 *
 * @param image the repository, as in the path of the request
 * @param tag null or empty: what {@code image} says, all tags if that says none
 * @param platform {@code os[/arch[/variant]]} that the image must be of; null or empty for any
 * @param credentials null for an anonymous push
 */
public record PushRequest(String image, @Nullable String tag, @Nullable String platform, @Nullable RegistryCredentials credentials) {}
