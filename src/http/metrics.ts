import { Counter, collectDefaultMetrics, Histogram, Registry } from 'prom-client'

export type Metrics = {
  registry: Registry
  onRequest: (route: string, method: string, status: number, seconds: number) => void
  onJob: (task: string, outcome: 'done' | 'failed', seconds: number) => void
}

export function createMetrics(): Metrics {
  const registry = new Registry()
  collectDefaultMetrics({ register: registry })
  const requests = new Histogram({
    name: 'http_request_duration_seconds',
    help: 'Time to answer, by route.',
    labelNames: ['route', 'method', 'status'],
    buckets: [0.005, 0.02, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 10],
    registers: [registry],
  })
  const jobs = new Histogram({
    name: 'job_duration_seconds',
    help: 'Time that a job took, by task and outcome.',
    labelNames: ['task', 'outcome'],
    buckets: [0.05, 0.25, 1, 5, 30, 120, 600],
    registers: [registry],
  })
  const failures = new Counter({ name: 'job_failures_total', help: 'Failed jobs, by task.', labelNames: ['task'], registers: [registry] })
  return {
    registry,
    onRequest: (route, method, status, seconds) => requests.observe({ route, method, status }, seconds),
    onJob: (task, outcome, seconds) => {
      jobs.observe({ task, outcome }, seconds)
      if (outcome === 'failed') failures.inc({ task })
    },
  }
}
