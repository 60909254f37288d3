# Builds as people do them: real apt-get, gcc and make, npm, Maven, Go. The bases are made of what this machine has installed (lib/hostimage.py), and what
# they fetch comes from small repositories on loopback: no network is needed.

== build.real-apt [has:apt-get has:dpkg-deb]: one layer of apt-get with its clean-up, from a repository of packages
$ mkdir -p $T/r $T/c; for p in greeting greeting-data; do mkdir -p $T/$p/DEBIAN $T/$p/usr/share/$p $T/$p/usr/bin; done; printf 'Package: greeting\nVersion: 1.2\nArchitecture: all\nMaintainer: a <a@example.test>\nDepends: greeting-data (>= 1)\nDescription: says hello\n' > $T/greeting/DEBIAN/control; printf '#!/bin/sh\ncat /usr/share/greeting-data/words\n' > $T/greeting/usr/bin/greeting; chmod 755 $T/greeting/usr/bin/greeting; printf '#!/bin/sh\nset -e\necho configured > /usr/share/greeting/state\n' > $T/greeting/DEBIAN/postinst; chmod 755 $T/greeting/DEBIAN/postinst; printf 'Package: greeting-data\nVersion: 1.0\nArchitecture: all\nMaintainer: a <a@example.test>\nDescription: words\n' > $T/greeting-data/DEBIAN/control; echo hello from a package > $T/greeting-data/usr/share/greeting-data/words
    for p in greeting greeting-data; do dpkg-deb --root-owner-group -b $T/$p $T/r/$p.deb >/dev/null; { dpkg-deb -f $T/r/$p.deb; echo "Filename: ./$p.deb"; echo "Size: $(stat -c %s $T/r/$p.deb)"; echo "SHA256: $(sha256sum < $T/r/$p.deb | cut -d' ' -f1)"; echo; } >> $T/r/Packages; done
    python3 $LIB/hostimage.py apt dpkg | docker import - $N-base >/dev/null; serve $T/r; cat > $T/c/Dockerfile <<END
    FROM $N-base
    RUN echo "deb [trusted=yes] http://127.0.0.1:$served ./" > /etc/apt/sources.list
    RUN apt-get update && \
        apt-get install -y --no-install-recommends greeting && \
        rm -rf /var/lib/apt/lists/*
    CMD ["greeting"]
    END
    sed -i 's/^    //' $T/c/Dockerfile; docker build --network host -t $N $T/c > $T/o || tail -20 $T/o >&2; docker run --rm $N; docker run --rm $N sh -c 'cat /usr/share/greeting/state; ls /var/lib/apt/lists; dpkg-query -W greeting greeting-data'
out= hello from a package\nconfigured\ngreeting	1.2\ngreeting-data	1.0
$ docker build --network host -t $N $T/c | grep -c 'Using cache'
out= 3

== build.real-c [has:gcc has:make]: a C program in two stages, its compiler stays behind, and a late change leaves early steps alone
$ mkdir $T/c; python3 $LIB/hostimage.py --without perl --skip '*/lto1' --skip '*lto-dump*' --skip '*san.*' gcc libc6-dev make | docker import - $N-gcc >/dev/null; printf 'hello: hello.c words.h\n\tgcc -O2 -static -o $@ $<\n' > $T/c/Makefile; printf '#include <stdio.h>\n#include "words.h"\nint main(void) { puts(WORDS); return 0; }\n' > $T/c/hello.c; echo '#define WORDS "hello"' > $T/c/words.h; printf 'FROM %s AS build\nWORKDIR /src\nCOPY Makefile hello.c ./\nRUN gcc -E -o hello.i -include /dev/null -x c /dev/null && date +%%N > /when\nCOPY words.h .\nRUN make\n\nFROM scratch\nCOPY --from=build /src/hello /when /\nENTRYPOINT ["/hello"]\n' $N-gcc > $T/c/Dockerfile; docker build -t $N:1 $T/c > $T/o || tail -20 $T/o >&2; docker run --rm $N:1; docker image inspect -f '{{len .RootFS.Layers}} {{lt .Size 2000000}}' $N:1
out= hello\n1 true
$ echo '#define WORDS "changed"' > $T/c/words.h; docker build -t $N:2 $T/c > $T/o; docker run --rm $N:2; grep -c 'Using cache' $T/o; for i in 1 2; do docker create --name $N-$i $N:$i >/dev/null; docker cp $N-$i:/when $T/when$i >/dev/null 2>&1; done; cmp $T/when1 $T/when2 && echo not run again
out= changed\n3\nnot run again
$ echo 'int main(void) { return nothing; }' > $T/c/hello.c; docker build $T/c
= !0
all~ hello.c:1:.*error: .*nothing.* undeclared

== build.real-npm [has:npm]: a Node image layered for caching, as a tutorial has it: npm install runs again only if package.json changes
$ mkdir -p $T/r $T/c $T/package; printf '{"name":"greet","version":"1.0.0","main":"index.js"}' > $T/package/package.json; echo 'module.exports = who => `hello ${who}`;' > $T/package/index.js; tar -C $T -czf $T/r/greet-1.0.0.tgz package
    python3 $LIB/hostimage.py --without python3 --without perl --skip '/usr/include/*' --add $(dirname $(dirname $(readlink -f $(command -v npm)))) nodejs | docker import - $N-node >/dev/null; serve $T/r; printf '{"name":"greet","dist-tags":{"latest":"1.0.0"},"versions":{"1.0.0":{"name":"greet","version":"1.0.0","main":"index.js","dist":{"tarball":"http://127.0.0.1:%s/greet-1.0.0.tgz","integrity":"sha512-%s"}}}}' $served "$(openssl dgst -sha512 -binary $T/r/greet-1.0.0.tgz | base64 -w0)" > $T/r/greet
    printf '{"name":"app","version":"1.0.0","scripts":{"start":"node index.js"},"dependencies":{"greet":"^1.0.0"}}' > $T/c/package.json; echo 'console.log(require("greet")("node"), process.getuid(), process.env.NODE_ENV);' > $T/c/index.js; mkdir $T/c/node_modules; echo junk > $T/c/node_modules/junk; printf 'node_modules\nnpm-debug.log\n' > $T/c/.dockerignore; cat > $T/c/Dockerfile <<END
    FROM $N-node
    ENV NODE_ENV=production
    WORKDIR /app
    COPY package*.json ./
    RUN npm install --omit=dev --no-audit --no-fund --registry=http://127.0.0.1:$served
    COPY . .
    USER node
    EXPOSE 3000
    CMD ["node", "index.js"]
    END
    sed -i 's/^    //' $T/c/Dockerfile; docker build --network host -t $N $T/c > $T/o || tail -20 $T/o >&2; docker run --rm $N; docker run --rm $N ls node_modules
out= hello node 1000 production\ngreet
$ echo 'console.log("changed", require("greet")("node"));' > $T/c/index.js; docker build --network host -t $N $T/c > $T/o; docker run --rm $N; grep -c 'Using cache' $T/o; grep -c 'Running in' $T/o
= *
out= changed hello node\n4\n0

== build.real-maven [proa large has:mvn has:javac]: a Maven build in stages with its repository in a cache mount
$ mkdir -p $T/c/src/main/java/a; jdk=$(dirname $(dirname $(readlink -f $(command -v javac)))); newest() { find ~/.m2/repository/org/apache/maven/plugins/maven-$1-plugin -name '*.jar' | sed -E "s#.*/([^/]+)/[^/]+#\1#" | sort -V | tail -1; }; plugin() { printf '<plugin><artifactId>maven-%s-plugin</artifactId><version>%s</version></plugin>' $1 $(newest $1); }
    { printf '<project xmlns="http://maven.apache.org/POM/4.0.0"><modelVersion>4.0.0</modelVersion><groupId>a</groupId><artifactId>app</artifactId><version>1</version><properties><maven.compiler.release>17</maven.compiler.release><project.build.sourceEncoding>UTF-8</project.build.sourceEncoding><maven.test.skip>true</maven.test.skip></properties><build><finalName>app</finalName><plugins>'; for p in resources compiler surefire jar; do plugin $p; done; printf '</plugins></build></project>'; } > $T/c/pom.xml; echo 'package a; public class Main { public static void main(String[] a) { System.out.println("hello from maven"); } }' > $T/c/src/main/java/a/Main.java
    python3 $LIB/hostimage.py --add $jdk --skip '*/jmods/*' --skip '*/src.zip' maven > $T/mvn.tar; docker import $T/mvn.tar $N-maven >/dev/null; rm $T/mvn.tar; serve ~/.m2/repository; printf '<settings><mirrors><mirror><id>m</id><mirrorOf>*</mirrorOf><url>http://127.0.0.1:%s</url></mirror></mirrors></settings>' $served > $T/c/settings.xml; cat > $T/c/Dockerfile <<END
    FROM $N-maven AS build
    ENV JAVA_HOME=$jdk
    WORKDIR /app
    COPY pom.xml settings.xml ./
    COPY src src
    RUN --mount=type=cache,target=/root/.m2/repository mvn -B -q -s settings.xml package
    FROM $N-maven
    COPY --from=build /app/target/app.jar /app.jar
    ENV JAVA_HOME=$jdk
    CMD ["sh", "-c", "\$JAVA_HOME/bin/java -cp /app.jar a.Main"]
    END
    sed -i 's/^    //' $T/c/Dockerfile; docker build --network host -t $N $T/c > $T/o || tail -20 $T/o >&2; docker run --rm $N
out= hello from maven

== build.real-go [large has:go]: a Go program in two stages, into an image of nothing else
$ mkdir $T/c; root=$(readlink -f $(go env GOROOT)); python3 $LIB/hostimage.py --add $root --add $(readlink -f $root/src) --add $(readlink -f $root/pkg/include) --skip '*/linux_amd64_*' --skip '*/testdata/*' --skip '*_test.go' base-files > $T/go.tar; docker import --change "ENV PATH=$root/bin:/usr/bin:/bin" $T/go.tar $N-go >/dev/null; rm $T/go.tar; printf 'module a\ngo 1.19\n' > $T/c/go.mod; printf 'package main\nimport "fmt"\nfunc main() { fmt.Println("hello from go") }\n' > $T/c/main.go; printf 'FROM %s AS build\nWORKDIR /src\nCOPY go.mod ./\nCOPY *.go ./\nRUN CGO_ENABLED=0 go build -trimpath -o /app .\nFROM scratch\nCOPY --from=build /app /app\nENTRYPOINT ["/app"]\n' $N-go > $T/c/Dockerfile; docker build -t $N $T/c > $T/o || tail -20 $T/o >&2; docker run --rm $N; docker image inspect -f '{{len .RootFS.Layers}}' $N
out= hello from go\n1
