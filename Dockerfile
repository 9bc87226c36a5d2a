# syntax=docker/dockerfile:1
# SPDX-License-Identifier: Apache-2.0

FROM maven:3.9-eclipse-temurin-17 AS build
WORKDIR /src
COPY .mvn/ .mvn/
COPY LICENSE mvnw pom.xml ./
COPY src/main/ src/main/
RUN --mount=type=cache,target=/root/.m2 \
    ./mvnw -q -Dmaven.test.skip=true -Dspotless.check.skip=true package

FROM eclipse-temurin:17-jre-jammy
RUN groupadd --system --gid 10001 spanway \
    && useradd --system --uid 10001 --gid spanway --no-create-home --shell /usr/sbin/nologin spanway
COPY --from=build /src/target/spanway.jar /opt/spanway/spanway.jar
COPY config/minimal.yaml /etc/spanway/config.yaml
# The classes of a start, read and checked once for all: halves the time until the first answer (JEP 350).
RUN java -XX:+UseSerialGC -XX:ArchiveClassesAtExit=/opt/spanway/spanway.jsa -Xlog:disable \
    -jar /opt/spanway/spanway.jar demo --once > /dev/null

# By number, so that Kubernetes can see that it is not root.
USER 10001:10001

# Data and management.
EXPOSE 3100 9464

HEALTHCHECK --interval=15s --timeout=5s --start-period=20s --retries=3 \
    CMD ["java", "-Xmx32m", "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1", \
         "-XX:SharedArchiveFile=/opt/spanway/spanway.jsa", "-Xlog:cds=off", "-Xlog:cds+dynamic=off", \
         "-jar", "/opt/spanway/spanway.jar", "health", "--config", "/etc/spanway/config.yaml"]

# Less than half of the container's memory for the heap: buffers outside of it may take as much again.
# JDK_JAVA_OPTIONS adds to these options; an -Xmx in it wins over the percentage.
ENTRYPOINT ["java", "-XX:MaxRAMPercentage=45", "-XX:+UseSerialGC", "-XX:+ExitOnOutOfMemoryError", "-XX:-UsePerfData", \
            "-XX:SharedArchiveFile=/opt/spanway/spanway.jsa", "-Xlog:cds=off", "-Xlog:cds+dynamic=off", \
            "-jar", "/opt/spanway/spanway.jar"]
CMD ["serve", "--config", "/etc/spanway/config.yaml"]
