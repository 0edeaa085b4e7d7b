// Loaded into every program started by bootstrap.mjs: when the launcher is gone, even by kill -9, the program is asked
// to stop as if it had been sent SIGTERM, so that no server is left behind on its port and data directory.
if (process.channel) {
  process.once('disconnect', () => process.kill(process.pid, 'SIGTERM'));
  process.channel.unref();
}
