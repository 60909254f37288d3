# Image verification: signatures as cosign makes them, made here by openssl.

== verify.require [engine registry proa]: without a signature an image is neither pulled nor used, with one it is
$ export R T; openssl ecparam -genkey -name prime256v1 -noout -out $T/key; engine start; N=$N/$RANDOM; docker pull -q $R/seed/bb:latest; docker tag $R/seed/bb:latest $R/$N/app:1; docker rmi $R/seed/bb:latest >/dev/null; docker push -q $R/$N/app:1 >/dev/null; p=$E/data/policy/cosign; openssl ec -in $T/key -pubout -out $p/app.pub 2>/dev/null; printf '{"rules":[{"images":"%s/**","mode":"require","keys":["app.pub"]}]}' $R >$p/policy.json
    echo before; docker run --rm $R/$N/app:1 true; docker pull $R/$N/app:1; $LIB/sign $N/app 1 $T/key; echo signed; docker run --rm $R/$N/app:1 echo not yet; docker pull $R/$N/app:1; docker run --rm $R/$N/app:1 echo runs; docker run --rm $(docker images -q $R/$N/app:1) echo runs by id; docker events --since 0 --until $(($(date +%s) + 1)) --filter type=image --filter event=verify --format '{{.Action}} {{.Actor.Attributes.outcome}}' | sort | uniq -c | tr -s ' '
    echo withdrawn; openssl ecparam -genkey -name prime256v1 -noout | openssl ec -pubout -out $p/app.pub 2>/dev/null; docker run --rm $R/$N/app:1 echo no more; sed -i s/require/warn/ $p/policy.json; docker run --rm $R/$N/app:1 echo warned; echo '{' >$p/policy.json; docker create $R/$N/app:1; rm $p/policy.json; docker run --rm $R/$N/app:1 echo free
= 0
out~ ^before$
err~ $R/$N/\d+/app \(sha256:[0-9a-f]{64}\) is not verified: no signature is known here, since it was not pulled from there, or before there was a policy; pull it
err~ $R/$N/\d+/app:1 \(sha256:[0-9a-f]{64}\) is not verified: no signature of sha256:[0-9a-f]{64} was found \(image policy of cosign\)
out~ ^Verified: $R/$N/\d+/app:1 \(sha256:[0-9a-f]{64}\) by cosign, key app.pub$
out~ ^runs$
out~ ^runs by id$
out~ ^ *\d+ verify refused$
out~ ^ *\d+ verify verified$
err~ made by none of the keys app.pub
out~ ^warned$
err~ WARNING: $R/$N/\d+/app
err~ the image policy $E/data/policy/cosign/policy.json cannot be used, so that no image can
out~ ^free$
out!~ (not yet|no more)

== verify.swap [engine registry proa slow]: the verifier is replaced while images are pulled: none is refused that is signed, none let in that is not
$ export R T; openssl ecparam -genkey -name prime256v1 -noout -out $T/key; mkdir -p $E/data/plugins; engine start; N=$N/$RANDOM; docker pull -q $R/seed/bb:latest >/dev/null; for i in signed bare; do docker tag $R/seed/bb:latest $R/$N/$i:1; docker push -q $R/$N/$i:1 >/dev/null; docker rmi $R/$N/$i:1 >/dev/null; done; docker rmi $R/seed/bb:latest >/dev/null; $LIB/sign $N/signed 1 $T/key >/dev/null; p=$E/data/policy/cosign; openssl ec -in $T/key -pubout -out $p/app.pub 2>/dev/null; printf '{"rules":[{"images":"%s/**","mode":"require","keys":["app.pub"]}]}' $R >$p/policy.json
    (for i in $(seq 10); do docker pull -q $R/$N/signed:1 >/dev/null && docker rmi $R/$N/signed:1 >/dev/null && echo verified || echo FAILED; docker pull -q $R/$N/bare:1 >$T/bare 2>&1; grep -q 'is not verified' $T/bare && echo refused || echo LET IN; done) > $T/out 2>&1 & sleep 0.5; for v in 9.0.1 9.0.2 9.0.3; do python3 $LIB/newer-bundle $PROA_HOME/plugins/proa-registry-cosign-*.jar $E/data/plugins/cosign.jar $v; sleep 0.7; done; wait; sort $T/out | uniq -c | tr -s ' '
out= 10 refused\n 10 verified
