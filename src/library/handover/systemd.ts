/**
 * systemd: says which process is the service. Node cannot send datagrams to systemd's socket, so systemd's own program does it.
 * Source: sd_notify(3), `MAINPID=`; systemd-notify(1).
 */
import { spawn } from 'node:child_process';

/** Names the main process of the service; resolves to the reason if that fails, else to null. */
export function notifyMainProcess(pid: number): Promise<string | null> {
  return new Promise((resolve) => {
    const child = spawn('systemd-notify', [`MAINPID=${pid}`], { stdio: 'ignore' });
    child.once('error', (error) => resolve(error.message));
    child.once('exit', (code) => resolve(code === 0 ? null : `systemd-notify ended with ${code}`));
  });
}
