// SPDX-License-Identifier: Apache-2.0
/** Finds out why a set-up does not work, by checks that each say what they saw and what to do. */
@NullMarked
package io.spanway.doctor;

import org.jspecify.annotations.NullMarked;
