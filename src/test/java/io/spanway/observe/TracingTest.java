// SPDX-License-Identifier: Apache-2.0
package io.spanway.observe;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.spanway.proxy.ExchangeTracer;
import java.io.IOException;
import java.io.InputStream;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.time.Duration;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

final class TracingTest {
  /** Defines our classes anew, and has nothing of OpenTelemetry's. */
  private static final class WithoutSdk extends ClassLoader {
    @Override
    protected Class<?> loadClass(String name, boolean resolve) throws ClassNotFoundException {
      if (name.startsWith("io.opentelemetry.")) {
        throw new ClassNotFoundException(name);
      }
      if (!name.startsWith("io.spanway.observe.")) {
        return super.loadClass(name, resolve);
      }
      Class<?> loaded = findLoadedClass(name);
      return loaded == null ? define(name) : loaded;
    }

    private Class<?> define(String name) throws ClassNotFoundException {
      String file = name.replace('.', '/') + ".class";
      try (InputStream in = TracingTest.class.getClassLoader().getResourceAsStream(file)) {
        byte[] bytes = in.readAllBytes();
        return defineClass(name, bytes, 0, bytes.length);
      } catch (IOException e) {
        throw new ClassNotFoundException(name, e);
      }
    }
  }

  /** Opens tracing as the application does, where there is no SDK. */
  private static Object open(@Nullable String url) throws Throwable {
    ClassLoader loader = new WithoutSdk();
    Class<?> config = loader.loadClass(OtlpConfig.class.getName());
    Class<?> meters = loader.loadClass(GatewayMeters.class.getName());
    Object wanted = config.getField("DEFAULT").get(null);
    if (url != null) {
      wanted =
          config.getConstructors()[0].newInstance(
              url, Map.of(), 1.0, Duration.ofSeconds(1), 1, "x", Map.of());
    }
    Object made = meters.getConstructor(String.class).newInstance("test");
    Method open =
        loader.loadClass(Tracing.class.getName()).getMethod("open", config, meters, String.class);
    try {
      return open.invoke(null, wanted, made, "test");
    } catch (InvocationTargetException e) {
      throw e.getCause();
    } finally {
      meters.getMethod("close").invoke(made);
    }
  }

  @Test
  void withoutACollector_noClassOfTheSdkIsNeeded() throws Throwable {
    Object tracing = open(null);

    Class<?> type = tracing.getClass();
    assertThat(type.getMethod("tracer").invoke(tracing)).isSameAs(ExchangeTracer.NONE);
    type.getMethod("close").invoke(tracing);
    assertThat(type.getMethod("awaitEnd", long.class).invoke(tracing, 0L)).isEqualTo(true);
  }

  @Test
  void withACollector_itIs() {
    assertThatThrownBy(() -> open("http://127.0.0.1:9/v1/traces"))
        .isInstanceOf(NoClassDefFoundError.class);
  }
}
