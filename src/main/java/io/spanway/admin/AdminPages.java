// SPDX-License-Identifier: Apache-2.0
package io.spanway.admin;

import java.util.function.Supplier;

/**
 * What the admin listener shows, and what it can do.
 *
 * @param metrics the metrics in Prometheus' text format
 * @param openMetrics the metrics as OpenMetrics
 * @param readiness whether requests should be sent here
 * @param version the version as JSON
 * @param config the configuration in force, without secrets
 * @param cache what the cache holds, as JSON
 * @param purge empties the cache of one tenant, or of all when given an empty string; returns JSON
 * @param doctor examines the configuration
 * @param reloads takes up what the file says now
 */
public record AdminPages(
    Supplier<String> metrics,
    Supplier<String> openMetrics,
    Supplier<Readiness> readiness,
    Supplier<String> version,
    Supplier<String> config,
    Supplier<String> cache,
    java.util.function.UnaryOperator<String> purge,
    DoctorPage doctor,
    ReloadPage reloads) {}
