// SPDX-License-Identifier: Apache-2.0
/** Says which operation of Tempo, Loki or Spanway a request asks for. */
@NullMarked
package io.spanway.route;

import org.jspecify.annotations.NullMarked;
