package dev.proa.builder.internal;

import dev.proa.builder.internal.cache.BuildCache;
import dev.proa.builder.internal.run.CacheMounts;
import dev.proa.images.Images;
import dev.proa.images.build.BuildImages;
import dev.proa.lifecycle.containers.Containers;
import dev.proa.lifecycle.roots.ImageRoots;

/** What all builds work with. */
record Parts(
    Images images,
    BuildImages layers,
    ImageRoots roots,
    Containers containers,
    BuildCache cache,
    CacheMounts cacheMounts,
    Folders folders) {}
