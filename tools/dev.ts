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

// Ctrl-C reaches all of us at once; a child that ends takes the other along.
process.on('SIGINT', () => {})
for (const child of children) {
  child.once('exit', (code) => {
    for (const other of children) other.kill('SIGTERM')
    process.exitCode ||= code ?? 1
  })
}
