/** The API's JSON: how documents are written and how request bodies are read. */
@NullMarked
package dev.proa.api.json;

import org.jspecify.annotations.NullMarked;
