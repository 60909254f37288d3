# The daemon and the shim killed at every fault point in the code (FaultPoints.reach in the sources; lib/faults.py says what is looked at then).

== faults.create-remove [engine proa slow]: the daemon killed at every point of create and remove
$ python3 $LIB/faults.py create,remove,delete $BBTAR $BB
out~ ^\d+ points, 0 problems$

== faults.start [engine proa slow]: the daemon killed at every point of start
$ python3 $LIB/faults.py start,task $BBTAR $BB
out~ ^\d+ points, 0 problems$

== faults.exec-stop-exit [engine proa slow]: the daemon killed at every point of exec, stop and an end
$ python3 $LIB/faults.py exec,stop,exit $BBTAR $BB
out~ ^\d+ points, 0 problems$

== faults.shim [engine proa slow]: the shim killed at every point of its own
$ python3 $LIB/faults.py shim $BBTAR $BB
out~ ^\d+ points, 0 problems$

== faults.network [engine proa slow]: the daemon killed at every point of attaching, detaching, making and removing networks
$ python3 $LIB/faults.py attach,detach,release,network,unmake $BBTAR $BB
out~ ^\d+ points, 0 problems$

== faults.images [engine proa slow]: the daemon killed at every point of commit and load
$ python3 $LIB/faults.py commit,load $BBTAR $BB
out~ ^\d+ points, 0 problems$

== faults.registry [engine registry proa slow]: the daemon killed at every point of pull and push
$ R=$R python3 $LIB/faults.py pull,push $BBTAR $BB
out~ ^\d+ points, 0 problems$

== faults.layers [engine registry proa slow]: the daemon killed at every point of a layer's coming and going, with EROFS images
$ R=$R python3 $LIB/faults.py store,drop $BBTAR $BB --storage-driver erofs
out~ ^\d+ points, 0 problems$

== faults.overlay-layers [engine registry proa slow]: the daemon killed at every point of a layer's coming and going, with overlay
$ R=$R python3 $LIB/faults.py store,drop $BBTAR $BB --storage-driver overlay
out~ ^\d+ points, 0 problems$

== faults.overlay-images [engine registry proa slow]: the daemon killed at every point of pull, commit and load, with overlay
$ R=$R python3 $LIB/faults.py pull,commit,load $BBTAR $BB --storage-driver overlay
out~ ^\d+ points, 0 problems$

== faults.changes [engine proa slow]: the daemon killed at every point of rename, update, restart, pause and unpause
$ python3 $LIB/faults.py rename,update,restart,pause,unpause $BBTAR $BB
out~ ^\d+ points, 0 problems$

== faults.things [engine proa slow]: the daemon killed at every point of volumes, names of images and mounts of images
$ python3 $LIB/faults.py volume,discard,tag,mount $BBTAR $BB
out~ ^\d+ points, 0 problems$
