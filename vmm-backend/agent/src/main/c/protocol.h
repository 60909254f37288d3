/*
 * The agent's protocol, version 1; docs/microvm.md describes it, dev.proa.microvm.agent.Frame has the same numbers.
 * A frame: u32 length of the payload, u16 type, u16 0; little-endian throughout. Text: u16 length and bytes without a NUL.
 */
#ifndef PROA_PROTOCOL_H
#define PROA_PROTOCOL_H

enum { PROTOCOL_VERSION = 1, PROTOCOL_MAGIC = 0x414f5250, AGENT_PORT = 1024, FRAME_HEADER = 8, MAX_FRAME = 64 << 10, STREAM_CHUNK = 32 << 10, EXIT_SIZE = 16,
       MAX_NAME = 200, MAX_DESCRIPTORS = 240, MAX_IMAGE = 16 << 20 };

/* Frames of a connection that runs a process. */
enum { RUN = 1, IMAGE = 2, GO = 3, STDIN = 4, STDIN_END = 5, HELLO = 16, STATUS = 17, STDOUT = 18, STDERR = 19, EXIT = 20 };

/* Requests; the payload begins with u32 id, which the answer repeats: u32 id, s32 0 or −errno, data. */
enum { SIGNAL = 32, RESIZE = 33, RELEASE = 34, AWAIT = 35, LIST = 36, PROCESSES = 37, WRITE_FILE = 38, READ_FILE = 39, MOUNT = 40, NETLINK = 41, REFRESH = 42,
       POWER_OFF = 43, MAKE_FOLDER = 44, RESOLVER = 45, REPLY = 64 };

/* Flags of RUN. */
enum { RUN_MAIN = 1, RUN_TTY = 2, RUN_STDIN = 4 };

/* What a plan's slot gets. */
enum { SLOT_STATUS = 0, SLOT_GATE = 1, SLOT_STDIN = 2, SLOT_STDOUT = 3, SLOT_STDERR = 4, SLOT_PTY = 5, SLOT_PATH = 6, SLOT_PROCESS = 7 };

/* Phases of a process, as dev.proa.spawn.ShimProcess.Phase. */
enum { STARTING = 1, WAITING = 2, RUNNING = 3, EXITED = 4, FAILED = 5 };

#endif
