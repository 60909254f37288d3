#!/usr/bin/env python3
"""faults.py GROUP IMAGE.tar IMAGE [ARGUMENT...]: kills the engine in $E at every fault point of a group, one after the other, and looks what is lost or left.

