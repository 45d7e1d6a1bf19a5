# The image is the program and nothing else: no shell, and no package that has to be
# kept up to date.
#
#   docker build -t session-store --build-arg VERSION=$(git describe --tags --always) .
#   docker run -p 8080:8080 session-store
#
# Flags are best given as variables, -e SESSION_STORE_PEER_TIMEOUT=1m: then the health
# check knows them too.

FROM --platform=$BUILDPLATFORM golang:1.26 AS build
WORKDIR /src
# By themselves, so that they are not loaded again with each change of the program.
COPY go.mod go.sum ./
RUN go mod download
COPY . .
ARG TARGETOS TARGETARCH VERSION
# Without cgo it needs no file of the system that it runs on.
RUN CGO_ENABLED=0 GOOS=$TARGETOS GOARCH=$TARGETARCH go build -ldflags="-s -w -X session-store/version.given=$VERSION" -o /out/session-store .
RUN mkdir /out/data

FROM scratch
# Whom to trust, for --join-jwks with https and --nats with TLS.
COPY --from=build /etc/ssl/certs/ca-certificates.crt /etc/ssl/certs/ca-certificates.crt
COPY --from=build /out/session-store /session-store
# For --data /data: a new volume belongs to whom the folder belongs here.
COPY --from=build --chown=65532:65532 /out/data /data
# Nobody's number; the program needs no right that root has.
USER 65532:65532
# From outside a container its loopback address cannot be reached.
ENV SESSION_STORE_ADDR=:8080
EXPOSE 8080
# With --nats, a start waits for up to 30 s for the servers.
HEALTHCHECK --interval=10s --timeout=5s --start-period=40s CMD ["/session-store", "--health"]
ENTRYPOINT ["/session-store"]
