# Image verification: signatures as cosign makes them, made here by openssl.

== verify.require [engine registry proa]: without a signature an image is neither pulled nor used, with one it is
$ cat > $T/sign.sh <<'S'
    # sign.sh REPOSITORY TAG KEY: puts a signature of the manifest that a tag names beside it, as cosign does
    set -e; b=http://$R/v2/$1
    d=$(curl -sSI -H 'Accept: application/vnd.oci.image.index.v1+json, application/vnd.oci.image.manifest.v1+json, application/vnd.docker.distribution.manifest.list.v2+json, application/vnd.docker.distribution.manifest.v2+json' $b/manifests/$2 | tr -d '\r' | sed -n 's/^[Dd]ocker-[Cc]ontent-[Dd]igest: //p')
    blob() { h=sha256:$(sha256sum <$1 | cut -d' ' -f1); l=$(curl -sSi -X POST $b/blobs/uploads/ | tr -d '\r' | sed -n 's/^[Ll]ocation: //p'); curl -sS -X PUT -H 'Content-Type: application/octet-stream' --data-binary @$1 "$l&digest=$h"; }
    printf '{"critical":{"identity":{"docker-reference":"%s"},"image":{"docker-manifest-digest":"%s"},"type":"cosign container image signature"},"optional":null}' $R/$1 $d >$T/payload; blob $T/payload; p=$h
    printf '{}' >$T/config; blob $T/config; s=$(openssl dgst -sha256 -sign $3 $T/payload | base64 -w0)
    printf '{"schemaVersion":2,"mediaType":"application/vnd.oci.image.manifest.v1+json","config":{"mediaType":"application/vnd.oci.image.config.v1+json","size":2,"digest":"%s"},"layers":[{"mediaType":"application/vnd.dev.cosign.simplesigning.v1+json","size":%s,"digest":"%s","annotations":{"dev.cosignproject.cosign/signature":"%s"}}]}' $h $(stat -c %s $T/payload) $p $s >$T/manifest
    curl -sS -X PUT -H 'Content-Type: application/vnd.oci.image.manifest.v1+json' --data-binary @$T/manifest $b/manifests/$(echo $d | tr : -).sig
    S
    export R T; openssl ecparam -genkey -name prime256v1 -noout -out $T/key; engine start; N=$N/$RANDOM; docker pull -q $R/seed/bb:latest; docker tag $R/seed/bb:latest $R/$N/app:1; docker rmi $R/seed/bb:latest >/dev/null; docker push -q $R/$N/app:1 >/dev/null; p=$E/data/policy/cosign; openssl ec -in $T/key -pubout -out $p/app.pub 2>/dev/null; printf '{"rules":[{"images":"%s/**","mode":"require","keys":["app.pub"]}]}' $R >$p/policy.json
    echo before; docker run --rm $R/$N/app:1 true; docker pull $R/$N/app:1; bash $T/sign.sh $N/app 1 $T/key; echo signed; docker run --rm $R/$N/app:1 echo not yet; docker pull $R/$N/app:1; docker run --rm $R/$N/app:1 echo runs; docker run --rm $(docker images -q $R/$N/app:1) echo runs by id; docker events --since 0 --until $(($(date +%s) + 1)) --filter type=image --filter event=verify --format '{{.Action}} {{.Actor.Attributes.outcome}}' | sort | uniq -c | tr -s ' '
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
