package dev.proa.plugins.internal;

import dev.proa.plugins.TrustedKeys;
import dev.proa.spi.ProaException;
import dev.proa.store.StateStore;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** The trusted keys and the policy, kept in the state store; see {@link PublicKey} for what is verified. */
final class Trust implements TrustedKeys {
  private static final String KEY = "plugin-key";
  private static final String SETTING = "plugin-setting";
  private static final String POLICY = "trust-policy";
  private static final Pattern NAME = Pattern.compile("[A-Za-z0-9][A-Za-z0-9_.@-]{0,63}");
  private static final int MAX_SIGNATURE_BYTES = 64 << 10;

  private final StateStore store;
  private final Map<String, PublicKey> keys = new TreeMap<>();
  private Policy policy;

  /** @param signer name of the trusted key, null if none vouches for it */
  record Verdict(@Nullable String signer, List<String> warnings) {}

  Trust(StateStore store) {
    this.store = store;
    store.all(KEY).forEach((name, pem) -> keys.put(name, PublicKey.parse(new String(pem, StandardCharsets.UTF_8))));
    policy = store.get(SETTING, POLICY).map(bytes -> Policy.valueOf(new String(bytes, StandardCharsets.UTF_8))).orElse(Policy.WARN);
  }

  @Override
  public synchronized List<Key> list() {
    return keys.entrySet().stream().map(entry -> entry.getValue().named(entry.getKey())).toList();
  }

  @Override
  public synchronized Key add(String name, String pem) {
    if (!NAME.matcher(name).matches()) {
      throw ProaException.invalid("\"" + name + "\" is no name for a key: letters, digits and _.@- only");
    }
    PublicKey key = PublicKey.parse(pem);
    if (keys.containsKey(name)) {
      throw ProaException.alreadyExists("there is a key " + name + " already: " + keys.get(name).named(name).fingerprint());
    }
    store.write(transaction -> transaction.put(KEY, name, pem.getBytes(StandardCharsets.UTF_8)));
    keys.put(name, key);
    return key.named(name);
  }

  @Override
  public synchronized void remove(String name) {
    if (!keys.containsKey(name)) {
      throw ProaException.notFound("no trusted key " + name + ": there are " + (keys.isEmpty() ? "none" : String.join(", ", keys.keySet())));
    }
    store.write(transaction -> transaction.delete(KEY, name));
    keys.remove(name);
  }

  @Override
  public synchronized Policy policy() {
    return policy;
  }

  @Override
  public synchronized void policy(Policy next) {
    store.write(transaction -> transaction.put(SETTING, POLICY, next.name().getBytes(StandardCharsets.UTF_8)));
    policy = next;
  }

  private synchronized Map<String, PublicKey> keys() {
    return new TreeMap<>(keys);
  }

  /**
   * Decides by the policy.
   *
   * @param detached file with a signature over the jar's bytes; need not exist
   */
  Verdict verify(Path jar, Path detached) throws PluginFailure {
    Policy now = policy();
    if (now == Policy.OFF) {
      return new Verdict(null, List.of());
    }
    List<String> doubts = new ArrayList<>();
    String signer = signer(jar, detached, keys(), doubts);
    if (signer != null) {
      return new Verdict(signer, List.of());
    }
    String doubt = doubts.isEmpty() ? "it is not signed" : String.join("; ", doubts);
    if (now == Policy.REQUIRE) {
      throw new PluginFailure(doubt + ", and the policy is " + Policy.REQUIRE.name().toLowerCase(Locale.ROOT) + ": see proa plugin trust");
    }
    return new Verdict(null, List.of(doubt));
  }

  private static @Nullable String signer(Path jar, Path detached, Map<String, PublicKey> keys, List<String> doubts) throws PluginFailure {
    try {
      if (Files.isRegularFile(detached)) {
        if (Files.size(detached) > MAX_SIGNATURE_BYTES) {
          throw new PluginFailure(detached + " is too large for a signature");
        }
        byte[] signature = Files.readAllBytes(detached);
        byte[] content = Files.readAllBytes(jar);
        for (Map.Entry<String, PublicKey> key : keys.entrySet()) {
          if (key.getValue().verifies(content, signature)) {
            return key.getKey();
          }
        }
        doubts.add("its detached signature is by none of the trusted keys");
      }
      JarSigners signers = JarSigners.of(jar);
      for (Map.Entry<String, PublicKey> key : keys.entrySet()) {
        if (signers.includes(key.getValue().encoded())) {
          return key.getKey();
        }
      }
      if (!signers.isEmpty()) {
        doubts.add("it is signed by " + String.join(", ", signers.names()) + ", which is none of the trusted keys");
      }
      return null;
    } catch (SecurityException e) {
      throw new PluginFailure("its signature does not hold: " + e.getMessage());
    } catch (IOException e) {
      throw new PluginFailure("its signature cannot be read: " + e.getMessage());
    }
  }
}
