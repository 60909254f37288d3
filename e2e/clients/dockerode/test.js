// What users of dockerode do, against the engine at DOCKER_HOST. Prints TAP, ends with "N passed, N failed, N skipped".
// test.js ARCHIVE   an archive that holds the image pcsuite/busybox:1
'use strict';
const assert = require('node:assert');
const fs = require('node:fs');
const { PassThrough, Readable } = require('node:stream');
const { buffer, text } = require('node:stream/consumers');
const Docker = require('dockerode');

const IMAGE = 'pcsuite/busybox:1';
const SECONDS = 30;
const docker = new Docker({ socketPath: process.env.DOCKER_HOST.replace('unix://', '') });
const tests = [];
const test = (name, body) => tests.push({ name, body });

/** The messages of a progress stream. */
const followed = (stream) => new Promise((resolve, reject) => docker.modem.followProgress(stream, (error, all) => (error ? reject(error) : resolve(all))));
const started = async (options) => {
  const container = await docker.createContainer({ Image: IMAGE, ...options });
  await container.start();
  return container;
};
const status = async (promise) => promise.then(() => 200, (error) => error.statusCode);
/** Both streams of a multiplexed one, as texts. */
async function demultiplexed(stream) {
  const out = new PassThrough(), err = new PassThrough();
  docker.modem.demuxStream(stream, out, err);
  stream.on('end', () => { out.end(); err.end(); });
  return Promise.all([text(out), text(err)]);
}
/** A tar stream of one file; the header's fields are those of POSIX. */
function tar(name, content) {
  const header = Buffer.alloc(512);
  header.write(name, 0);
  header.write('0000644\0', 100);
  header.write('0000000\0', 108);
  header.write('0000000\0', 116);
  header.write(content.length.toString(8).padStart(11, '0') + '\0', 124);
  header.write('00000000000\0', 136);
  header.write('        0', 148);
  header.write('ustar\x0000', 257);
  const sum = header.reduce((a, b) => a + b, 0);
  header.write(sum.toString(8).padStart(6, '0') + '\0 ', 148);
  const body = Buffer.alloc(Math.ceil(content.length / 512) * 512);
  body.write(content);
  return Buffer.concat([header, body, Buffer.alloc(1024)]);
}

test('load tells what it loaded', async () => {
  const messages = await followed(await docker.loadImage(fs.createReadStream(process.argv[2])));
  assert.match(messages.map((m) => m.stream || '').join(''), /Loaded image: pcsuite\/busybox:1/);
});

test('load of what is no archive is an error in the stream', async () => {
  await assert.rejects(followed(await docker.loadImage(Readable.from(Buffer.alloc(2048)))).then((all) => { throw new Error(all.at(-1).error); }));
});

test('ping, version, info', async () => {
  assert.equal((await docker.ping()).toString(), 'OK');
  assert.match((await docker.version()).ApiVersion, /^1\.\d+$/);
  assert.equal((await docker.info()).OSType, 'linux');
});

test('run with its output and its end', async () => {
  const out = new PassThrough(), err = new PassThrough();
  const texts = Promise.all([text(out), text(err)]);
  const [result, container] = await docker.run(IMAGE, ['sh', '-c', 'echo out; echo err >&2; exit 3'], [out, err], { Tty: false });
  out.end();
  err.end();
  assert.equal(result.StatusCode, 3);
  assert.deepEqual(await texts, ['out\n', 'err\n']);
  await container.remove();
});

test('run with a terminal', async () => {
  const out = new PassThrough();
  const all = text(out);
  const [result, container] = await docker.run(IMAGE, ['sh', '-c', 'test -t 1 && echo yes'], out);
  out.end();
  assert.equal(result.StatusCode, 0);
  assert.equal(await all, 'yes\r\n');
  await container.remove();
});

test('attach with input that ends', async () => {
  const container = await docker.createContainer({ Image: IMAGE, Cmd: ['cat'], OpenStdin: true, StdinOnce: true, AttachStdin: true, Tty: false });
  const stream = await container.attach({ stream: true, stdin: true, stdout: true, stderr: true, hijack: true });
  const texts = demultiplexed(stream);
  await container.start();
  stream.write('typed\n');
  stream.end();
  assert.deepEqual(await texts, ['typed\n', '']);
  assert.equal((await container.wait()).StatusCode, 0);
  await container.remove();
});

test('exec: streams, input, exit code, resize', async () => {
  const container = await started({ Cmd: ['sleep', '600'] });
  const exec = await container.exec({ Cmd: ['sh', '-c', 'cat; echo err >&2; exit 7'], AttachStdin: true, AttachStdout: true, AttachStderr: true });
  const stream = await exec.start({ hijack: true, stdin: true });
  const texts = demultiplexed(stream);
  stream.end('fed\n');
  assert.deepEqual(await texts, ['fed\n', 'err\n']);
  const found = await exec.inspect();
  assert.equal(found.ExitCode, 7);
  assert.equal(found.Running, false);
  const terminal = await container.exec({ Cmd: ['sh', '-c', 'sleep 0.3; stty size'], AttachStdout: true, Tty: true });
  const shown = await terminal.start({ Tty: true });
  await terminal.resize({ h: 30, w: 90 });
  assert.equal(await text(shown), '30 90\r\n');
  const plain = await container.exec({ Cmd: ['echo', 'plain'], AttachStdout: true });
  assert.deepEqual(await demultiplexed(await plain.start({ Detach: false })), ['plain\n', '']);
  await container.remove({ force: true });
});

test('logs: whole, tail, followed to the end', async () => {
  const container = await started({ Cmd: ['sh', '-c', 'for i in 1 2 3; do echo line $i; done'] });
  assert.deepEqual(await demultiplexed(await container.logs({ follow: true, stdout: true, stderr: true })), ['line 1\nline 2\nline 3\n', '']);
  const last = await container.logs({ stdout: true, tail: 1 });
  assert.equal(last.subarray(8).toString(), 'line 3\n');
  assert.match((await container.logs({ stdout: true, timestamps: true, tail: 1 })).subarray(8).toString(), /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{9}Z line 3\n$/);
  await container.remove();
});

test('archives in and out', async () => {
  const container = await docker.createContainer({ Image: IMAGE, Cmd: ['cat', '/tmp/given'] });
  await container.putArchive(tar('given', 'by node'), { path: '/tmp' });
  const back = await buffer(await container.getArchive({ path: '/tmp/given' }));
  assert.equal(back.subarray(512, 519).toString(), 'by node');
  const info = await container.infoArchive({ path: '/tmp/given' });
  assert.ok(info !== undefined);
  await container.start();
  await container.wait();
  assert.equal((await container.logs({ stdout: true })).subarray(8).toString(), 'by node');
  assert.ok((await buffer(await container.export())).length > 1 << 19);
  assert.deepEqual((await container.changes()).map((c) => c.Path), ['/tmp', '/tmp/given']);
  await container.remove();
});

test('states, wait conditions, rename, update', async () => {
  const container = await started({ Cmd: ['sleep', '600'], name: 'dockerode-states' });
  const removed = container.wait({ condition: 'removed' });
  await container.pause();
  assert.equal((await container.inspect()).State.Paused, true);
  await container.unpause();
  await container.rename({ name: 'dockerode-renamed' });
  assert.equal((await docker.getContainer('dockerode-renamed').inspect()).Name, '/dockerode-renamed');
  await container.update({ Memory: 64 << 20, MemorySwap: -1 });
  await container.restart({ t: 0 });
  assert.equal(await status(container.start()), 304);
  await container.kill({ signal: 'SIGKILL' });
  await container.wait();
  assert.equal((await container.inspect()).State.ExitCode, 137);
  assert.equal(await status(container.kill()), 409);
  await container.remove();
  assert.equal((await removed).StatusCode, 137);
  assert.equal(await status(container.inspect()), 404);
});

test('list, top, stats', async () => {
  const container = await started({ Cmd: ['sleep', '600'], Labels: { who: 'dockerode' } });
  const [only] = await docker.listContainers({ filters: { label: ['who=dockerode'] } });
  assert.equal(only.Id, container.id);
  assert.equal((await docker.listContainers({ limit: -1 })).length, 1);
  assert.deepEqual((await container.top({ ps_args: 'aux' })).Titles.slice(0, 2), ['USER', 'PID']);
  assert.ok((await container.stats({ stream: false })).memory_stats.usage > 0);
  await container.remove({ force: true });
});

test('events of one container', async () => {
  const stream = await docker.getEvents({ filters: { label: ['who=events'] } });
  const container = await started({ Cmd: ['true'], Labels: { who: 'events' } });
  await container.wait();
  await container.remove();
  const seen = [];
  let rest = '';
  for await (const chunk of stream) {
    rest += chunk;
    const lines = rest.split('\n');
    rest = lines.pop();
    seen.push(...lines.filter(Boolean).map((line) => JSON.parse(line)).filter((e) => e.Type === 'container').map((e) => e.Action));
    if (seen.includes('destroy')) {
      break;
    }
  }
  assert.deepEqual(seen, ['create', 'start', 'die', 'destroy']);
});

test('images: commit, tag, history, save, remove', async () => {
  const container = await started({ Cmd: ['sh', '-c', 'echo > /new'] });
  await container.wait();
  const { Id } = await container.commit({ repo: 'pcsuite/dockerode', tag: '1', comment: 'made' });
  await docker.getImage(Id).tag({ repo: 'pcsuite/dockerode', tag: '2' });
  assert.equal((await docker.getImage(Id).inspect()).RepoTags.length, 2);
  assert.equal((await docker.getImage(Id).history())[0].Comment, 'made');
  assert.ok((await buffer(await docker.getImage(Id).get())).length > 1 << 19);
  await container.remove();
  assert.equal(await status(docker.getImage(Id).remove()), 409);
  await docker.getImage(Id).remove({ force: true });
  assert.equal(await status(docker.getImage(Id).inspect()), 404);
});

test('volumes and networks', async () => {
  const volume = await docker.createVolume({ Name: 'dockerode', Labels: { a: 'b' } });
  assert.equal((await docker.listVolumes({ filters: { label: ['a=b'] } })).Volumes.length, 1);
  const network = await docker.createNetwork({ Name: 'dockerode', CheckDuplicate: true });
  const container = await started({ Cmd: ['sleep', '600'], HostConfig: { Binds: ['dockerode:/v'], NetworkMode: 'dockerode' } });
  assert.equal(await status(docker.getVolume('dockerode').remove()), 409);
  assert.ok((await network.inspect()).Containers[container.id]);
  await network.disconnect({ Container: container.id, Force: true });
  await network.connect({ Container: container.id, EndpointConfig: { Aliases: ['again'] } });
  await container.remove({ force: true });
  await network.remove();
  await volume.remove();
  assert.equal((await docker.pruneContainers()).SpaceReclaimed, 0);
});

(async () => {
  let passed = 0, failed = 0;
  for (const { name, body } of tests) {
    let timer;
    const late = new Promise((_, reject) => { timer = setTimeout(() => reject(new Error(`not done after ${SECONDS} s`)), SECONDS * 1000); });
    try {
      await Promise.race([body(), late]);
      passed++;
      console.log(`ok ${passed + failed} - dockerode: ${name}`);
    } catch (error) {
      failed++;
      console.log(`not ok ${passed + failed} - dockerode: ${name}\n${String(error.stack).replace(/^/gm, '#   ')}`);
    } finally {
      clearTimeout(timer);
    }
  }
  console.log(`${passed} passed, ${failed} failed, 0 skipped`);
  process.exit(failed === 0 ? 0 : 1);
})();
