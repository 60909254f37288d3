package dev.proa.images;

import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * {@code docker search}.
 *
 * @param term what is looked for; with a registry in front ({@code host:5000/term}) there instead of on Docker Hub
 * @param limit 1 to 100; 0 for 25
 * @param filters {@code is-official}, {@code stars}, {@code is-automated}
 * @param credentials null for an anonymous search
 */
public record SearchRequest(String term, int limit, Map<String, List<String>> filters, @Nullable RegistryCredentials credentials) {}
