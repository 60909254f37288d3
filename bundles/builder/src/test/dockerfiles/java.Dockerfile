FROM maven:3-eclipse-temurin-25 AS build
WORKDIR /build
COPY --chmod=0755 mvnw mvnw
COPY .mvn/ .mvn/
RUN --mount=type=bind,source=pom.xml,target=pom.xml \
    --mount=type=cache,target=/root/.m2,sharing=locked ./mvnw dependency:go-offline -DskipTests
COPY ./src src/
RUN --mount=type=secret,id=settings,target=/root/.m2/settings.xml,required=false \
    --mount=type=ssh \
    ./mvnw package -DskipTests && mv target/$(./mvnw help:evaluate -Dexpression=project.artifactId -q -DforceStdout)-*.jar target/app.jar

FROM eclipse-temurin:25-jre AS final
COPY --from=build build/target/app.jar app.jar
ENTRYPOINT [ "java", "-jar", "app.jar" ]
