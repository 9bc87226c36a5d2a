// SPDX-License-Identifier: Apache-2.0
/** Loki's streams answer as a value: read, merge, cut, group and write it. */
@NullMarked
package io.spanway.streams;

import org.jspecify.annotations.NullMarked;
