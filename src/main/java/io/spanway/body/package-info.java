// SPDX-License-Identifier: Apache-2.0
/**
 * Streams of bytes between sockets, the transformations on their way, and the back-pressure that
 * holds them.
 */
@NullMarked
package io.spanway.body;

import org.jspecify.annotations.NullMarked;
