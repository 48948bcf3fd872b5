import { spawn } from 'node:child_process'

// npm run dev: the program, restarted when its files change, and Vite before it, which reloads the pages.
// PUBLIC_URL is Vite's address: the way back from VK ends where the browser is.

const web = 'http://localhost:5173'
const children = [
  spawn(process.execPath, ['--watch-path=src', '--watch-path=emulators', '--watch-path=tools', 'src/main.ts'], {
    stdio: 'inherit',
    env: { PORT: '3000', ...process.env, PUBLIC_URL: web },
  }),
  spawn(process.execPath, ['node_modules/vite/bin/vite.js', '--port', '5173', '--strictPort'], { stdio: 'inherit' }),
]

const end = () => {
  for (const child of children) child.kill('SIGTERM')
}
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, end)
for (const child of children) {
  child.once('exit', (code) => {
    process.exitCode ||= code ?? 0
    end()
  })
}
