/** What Proa's ways cost, by JMH. {@code benchmarks/run} runs them; {@code benchmarks/compare} puts whole starts beside those of installed peers. */
@NullMarked
package dev.proa.benchmarks;

import org.jspecify.annotations.NullMarked;
