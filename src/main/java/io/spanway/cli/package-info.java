// SPDX-License-Identifier: Apache-2.0
/** The commands and options of the program. */
@NullMarked
package io.spanway.cli;

import org.jspecify.annotations.NullMarked;
