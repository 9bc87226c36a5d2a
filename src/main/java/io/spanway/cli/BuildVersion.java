// SPDX-License-Identifier: Apache-2.0
package io.spanway.cli;

import picocli.CommandLine.IVersionProvider;

/** The version that the build wrote into the jar. */
final class BuildVersion implements IVersionProvider {
  /** Returns the version, {@code dev} when the program does not run from its jar. */
  static String text() {
    String version = BuildVersion.class.getPackage().getImplementationVersion();
    return version == null ? "dev" : version;
  }

  @Override
  public String[] getVersion() {
    return new String[] {"spanway " + text()};
  }
}
