// What this process costs, asked of Node when metrics are read: nothing is measured in between.
import type { Report } from './metrics.ts';

/** Reports memory, CPU time and the event loop as they are now. */
export function reportProcess(report: Report): void {
  const { user, system } = process.cpuUsage();
  const { rss, heapUsed, heapTotal, external } = process.memoryUsage();
  report('process_cpu_seconds_total', {}, (user + system) / 1_000_000);
  report('process_start_time_seconds', {}, performance.timeOrigin / 1_000);
  report('process_resident_memory_bytes', {}, rss);
  report('nodejs_heap_size_used_bytes', {}, heapUsed);
  report('nodejs_heap_size_total_bytes', {}, heapTotal);
  report('nodejs_external_memory_bytes', {}, external);
  report('nodejs_active_resources', {}, process.getActiveResourcesInfo().length);
  report('nodejs_eventloop_active_seconds_total', {}, performance.eventLoopUtilization().active / 1_000);
}
