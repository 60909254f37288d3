package dev.proa.images;

import org.jspecify.annotations.Nullable;

/**
 * {@code docker pull}.
 *
 * @param image the {@code fromImage} parameter
 * @param tag the {@code tag} parameter: a tag or a digest; null or empty: what {@code image} says, all tags if that says none
 * @param platform {@code os[/arch[/variant]]}; null or empty for this machine's
 * @param credentials null for an anonymous pull
 */
public record PullRequest(String image, @Nullable String tag, @Nullable String platform, @Nullable RegistryCredentials credentials) {}
