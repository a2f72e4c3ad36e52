/**
 * systemd: reports the process that is the service. Node cannot send datagrams to systemd's socket, so systemd-notify does it.
 * Source: sd_notify(3), `MAINPID=`; systemd-notify(1).
 */
import { spawn } from 'node:child_process';

/** Reports the main process of the service; resolves to null, or to the reason of a failure. */
export function notifyMainProcess(pid: number): Promise<string | null> {
  return new Promise((resolve) => {
    const child = spawn('systemd-notify', [`MAINPID=${pid}`], { stdio: 'ignore' });
    child.once('error', (error) => resolve(error.message));
    child.once('exit', (code) => resolve(code === 0 ? null : `systemd-notify ended with ${code}`));
  });
}
