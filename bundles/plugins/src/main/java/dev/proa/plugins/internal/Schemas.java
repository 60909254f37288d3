package dev.proa.plugins.internal;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;
import org.osgi.framework.Bundle;
import org.osgi.framework.BundleContext;
import org.osgi.framework.ServiceReference;
import org.osgi.service.metatype.AttributeDefinition;
import org.osgi.service.metatype.MetaTypeInformation;
import org.osgi.service.metatype.MetaTypeService;
import org.osgi.service.metatype.ObjectClassDefinition;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** What settings there are, by the metadata that bundles carry. Nothing is kept: bundles come and go. */
final class Schemas {
  private static final Logger LOG = LoggerFactory.getLogger(Schemas.class);
  private static final String FOLDER = "OSGI-INF/metatype";

  private final BundleContext context;

  Schemas(BundleContext context) {
    this.context = context;
  }

  /** One group's metadata. @param attributes by key, in the order of the metadata */
  record Schema(String pid, String bundle, String name, String description, List<Attribute> attributes) {
    @Nullable Attribute attribute(String key) {
      return attributes.stream().filter(each -> each.definition().getID().equals(key)).findFirst().orElse(null);
    }

    List<String> keys() {
      return attributes.stream().map(each -> each.definition().getID()).toList();
    }
  }

  record Attribute(AttributeDefinition definition, boolean required) {}

  /** Whether a bundle carries any. */
  static boolean has(Bundle bundle) {
    return bundle.getEntryPaths(FOLDER) != null;
  }

  /** Of all bundles; where two versions of one are there, the newer one's count. */
  Map<String, Schema> all() {
    List<Bundle> bundles = new ArrayList<>(Arrays.asList(context.getBundles()));
    bundles.removeIf(bundle -> (bundle.getState() & (Bundle.RESOLVED | Bundle.STARTING | Bundle.ACTIVE)) == 0 || !has(bundle));
    bundles.sort((a, b) -> a.getVersion().compareTo(b.getVersion()));
    Map<String, Schema> all = new TreeMap<>();
    bundles.forEach(bundle -> all.putAll(of(bundle)));
    return all;
  }

  /** One at a time: what Metatype keeps by itself stands no two threads. */
  synchronized Map<String, Schema> of(Bundle bundle) {
    ServiceReference<MetaTypeService> reference = context.getServiceReference(MetaTypeService.class);
    MetaTypeService service = reference == null ? null : context.getService(reference);
    if (service == null) {
      return Map.of();
    }
    try {
      Map<String, Schema> schemas = new TreeMap<>();
      MetaTypeInformation information = service.getMetaTypeInformation(bundle);
      for (String pid : information == null || information.getPids() == null ? new String[0] : information.getPids()) {
        ObjectClassDefinition definition = information.getObjectClassDefinition(pid, null);
        schemas.put(pid, new Schema(pid, bundle.getSymbolicName(), text(definition.getName()), text(definition.getDescription()), attributes(definition)));
      }
      return schemas;
    } finally {
      forget(service);
      context.ungetService(reference);
    }
  }

  /**
   * Felix' Metatype 1.2.4 keeps the translations of each bundle that it was asked about, and with them the bundle, also uninstalled: each update of a plugin
   * with settings would leave one behind. Only its own activator empties that map; here it is done after each question.
   */
  private static void forget(MetaTypeService service) {
    try {
      Class.forName("org.apache.felix.metatype.internal.l10n.BundleResources", true, service.getClass().getClassLoader()).getMethod("clearResourcesCache").invoke(null);
    } catch (ReflectiveOperationException e) {
      LOG.warn("the Metatype service here keeps what it knows of bundles that are uninstalled: {}", e.toString());
    }
  }

  private static List<Attribute> attributes(ObjectClassDefinition definition) {
    List<Attribute> attributes = new ArrayList<>();
    for (boolean required : new boolean[] {true, false}) {
      AttributeDefinition[] those = definition.getAttributeDefinitions(required ? ObjectClassDefinition.REQUIRED : ObjectClassDefinition.OPTIONAL);
      for (AttributeDefinition each : those == null ? new AttributeDefinition[0] : those) {
        attributes.add(new Attribute(each, required));
      }
    }
    return attributes;
  }

  static String text(@Nullable String text) {
    return text == null ? "" : text;
  }
}
