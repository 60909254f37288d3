/* What the parts of the agent share: connections, processes, and what each may do to the other. One thread, no allocation: everything has its table. */
#ifndef PROA_AGENT_H
#define PROA_AGENT_H

#include "protocol.h"
#include "sys.h"

enum { CONNECTIONS = 64, PROCESSES_MAX = 128, WAITERS = 64, GROUP_MAX = 128, OUT_SIZE = 2 * (FRAME_HEADER + MAX_FRAME) };

struct connection {
  s32 fd; /* −1: free */
  s32 process; /* that it runs, −1 for none */
  u8 greeting; /* waits for the line CONNECT, which a VMM would have taken */
  u8 closing; /* once what is to be sent is sent */
  u8 stuck; /* the first frame in `in` waits for room where it goes */
  u32 have, taken; /* bytes in `in`, and how many of the first frame's payload are used up */
  u32 from, to; /* what of `out` is to be sent */
  u8 in[FRAME_HEADER + MAX_FRAME];
  u8 out[OUT_SIZE];
};

struct process {
  char name[MAX_NAME + 1];
  char group[GROUP_MAX]; /* folder of its control group, empty for none */
  u8 used, main, tty, stdin_wanted;
  u8 ready, failed, waiting, status_end, reaped, told, out_end, err_end;
  s32 connection; /* −1 once it is gone: what is still written goes nowhere */
  s32 pid;
  u32 step, value, detail; /* of the last record */
  s32 status; /* wait status */
  u64 ended; /* CLOCK_REALTIME */
  u64 oom_kills; /* of its group when it started */
  s32 image, in, out, err, records, gate, pty; /* −1 for none */
  u64 flags; /* CLONE_NEW* */
  u32 image_size;
  u16 slots;
  struct { u8 kind; char text[MAX_NAME + 1]; } slot[MAX_DESCRIPTORS];
};

struct reader { const u8 *at, *end; u8 bad; };

extern struct connection connections[CONNECTIONS];
extern struct process processes[PROCESSES_MAX];

/* connection.c */
void connection_open(int fd, int greeting);
void connection_close(struct connection *c);
u32 connection_room(struct connection *c);
/* Adds a frame of two parts; there must be room. */
void connection_send(struct connection *c, u16 type, const void *first, u32 first_length, const void *second, u32 second_length);
void connection_flush(struct connection *c);
void connection_read(struct connection *c);
/* Works on what was read until nothing is whole, or something waits. */
void connection_work(struct connection *c);

u8 take8(struct reader *r);
u16 take16(struct reader *r);
u32 take32(struct reader *r);
u64 take64(struct reader *r);
/* Text into room for size bytes, with a NUL. */
void take_text(struct reader *r, char *to, u32 size);

/* process.c */
struct process *process_find(const char *name);
int process_phase(const struct process *p);
/* What RUN, IMAGE and GO say; 0 or −errno, which ends the connection. */
long process_run(struct connection *c, struct reader *r);
long process_image(struct connection *c, const u8 *bytes, u32 length);
long process_go(struct connection *c);
void process_records(struct process *p);
void process_terminal(struct process *p);
/* Moves output to the connection, or nowhere. */
void process_pump(struct process *p, s32 *fd, u8 *end, u16 type);
/* How many bytes of standard input were taken; −EAGAIN to come again. */
long process_stdin(struct process *p, const u8 *bytes, u32 length);
void process_stdin_end(struct process *p);
void process_reap(void);
/* Tells the end once everything was read; frees what nobody needs any more. */
void process_settle(struct process *p);
void process_abandon(struct process *p);
long process_signal(struct process *p, int signal, int all);
u64 process_oom_kills(const struct process *p);

/* request.c */
/* Answers a request, or remembers it; there must be room for the largest answer. */
void request(struct connection *c, u16 type, struct reader *r);
void request_reply(struct connection *c, u32 id, long result, const void *data, u32 length);
void request_changed(struct process *p);
void request_gone(struct process *p);
void request_forget(struct connection *c);

/* resolver.c */
/* Serves names at 127.0.0.11 from now on; loopback must be up. 0 or −errno. */
long resolver_start(void);

/* agent.c */
_Noreturn void power_off(void);

#endif
