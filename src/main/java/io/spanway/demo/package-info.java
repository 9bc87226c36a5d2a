// SPDX-License-Identifier: Apache-2.0
/** An in-memory Tempo and Loki with sample data, to try Spanway out and to test it. */
@NullMarked
package io.spanway.demo;

import org.jspecify.annotations.NullMarked;
