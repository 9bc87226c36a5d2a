// SPDX-License-Identifier: Apache-2.0
/** Examines a configuration against the upstreams that it names. */
@NullMarked
package io.spanway.doctor;

import org.jspecify.annotations.NullMarked;
