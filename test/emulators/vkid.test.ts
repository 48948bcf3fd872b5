import assert from 'node:assert/strict'
import { test } from 'node:test'
import { authorizeQuery, callVk, clientId, code, consent, edu, pkce, postForm, redirectUri, signIn, startWorld } from './world.ts'

test('a person goes through the pages and the client learns the number of the educational profile', async () => {
  await using emulator = await startWorld()
  const asked = pkce()
  const query = authorizeQuery(asked)
  const chooser = await (await fetch(`${emulator.url}/authorize?${query}`)).text()
  assert.match(chooser, /Эмулятор VK ID/)
  assert.match(chooser, /Учебный профиль/)
  assert.match(chooser, /Продолжить/)
  assert.ok(chooser.indexOf('администратор') < chooser.indexOf('Липова'), 'labelled accounts come first')

  const chosen = await fetch(`${emulator.url}/authorize?${query}`, {
    method: 'POST',
    body: new URLSearchParams({ user_id: String(edu(1)) }),
  })
  const consentPage = await chosen.text()
  for (const words of [
    'С сервисом «Электронная школа Пензенской области» можно связать свой учебный профиль',
    'Вход в учебный профиль в VK Мессенджере по VK ID',
    'Общение в защищенном от посторонних лиц пространстве',
    'Регистрация ВКонтакте не нужна, а если аккаунт уже есть, его никто не увидит',
    'Информация о себе',
    'Отчество',
    'Дата рождения',
    'Узнать больше о VK ID',
  ])
    assert.ok(consentPage.includes(words), words)
  assert.match(consentPage, /value="1981-04-12"/)

  const redirect = await consent(emulator, query, {
    user_id: String(edu(1)),
    patronymic: 'Андреевна',
    gender: 'female',
    birth_date: '1982-01-02',
  })
  assert.equal(redirect.get('state'), asked.state)
  assert.equal(redirect.get('type'), 'code_v2')
  assert.equal(redirect.get('expires_in'), '600')
  // The web SDK's way: everything in the query, only the code in the body.
  const place = new URLSearchParams({
    grant_type: 'authorization_code',
    code_verifier: asked.verifier,
    client_id: clientId,
    device_id: redirect.get('device_id') ?? '',
    redirect_uri: redirectUri,
    state: 'x',
  })
  const { body } = await postForm(`${emulator.url}/oauth2/auth?${place}`, { code: redirect.get('code') ?? '' })
  assert.equal(body.user_id, edu(1))
  assert.equal(body.state, 'x')
  assert.equal(body.scope, 'vkid.personal_info')
  assert.equal(body.token_type, 'Bearer')

  const info = await postForm(`${emulator.url}/oauth2/user_info?client_id=${clientId}`, { access_token: String(body.access_token) })
  assert.deepEqual(info.body.user, {
    user_id: String(edu(1)),
    first_name: 'Вера',
    last_name: 'Липова',
    sex: 1,
    verified: false,
    birthday: '02.01.1982',
  })
  const masked = await postForm(`${emulator.url}/oauth2/public_info`, { client_id: clientId, id_token: String(body.id_token) })
  assert.equal((masked.body.user as { last_name: string }).last_name, 'Л.')
})

test("the person's token proves who they are and can do nothing with chats", async () => {
  await using emulator = await startWorld()
  const { body } = await signIn(emulator, edu(1))
  const token = String(body.access_token)
  assert.equal((await callVk(emulator, 'users.get', {}, token)).response[0].id, edu(1))
  assert.equal(code(await callVk(emulator, 'messages.getConversations', {}, token)), 1051)
  assert.equal(code(await callVk(emulator, 'execute', { code: 'return 1;' }, token)), 1051)
})

test('refusing sends the person back with access_denied and the same state', async () => {
  await using emulator = await startWorld()
  const asked = pkce()
  const redirect = await consent(emulator, authorizeQuery(asked), { user_id: String(edu(1)), decision: 'refuse' })
  assert.equal(redirect.get('error'), 'access_denied')
  assert.equal(redirect.get('state'), asked.state)
  assert.equal(redirect.get('code'), null)
})

test('a personal profile is turned away with words, and no code is given for it', async () => {
  await using emulator = await startWorld()
  const query = authorizeQuery(pkce())
  const personal = { user_id: String(edu(1) - 1000) }
  const page = await fetch(`${emulator.url}/authorize?${query}`, { method: 'POST', body: new URLSearchParams(personal) })
  assert.match(await page.text(), /Нужен учебный профиль/)
  assert.equal((await consent(emulator, query, personal)).get('code'), null)
})

test('a code works once', async () => {
  await using emulator = await startWorld()
  const { form, body } = await signIn(emulator, edu(1))
  assert.ok(body.access_token)
  const replay = await postForm(`${emulator.url}/oauth2/auth`, form)
  assert.equal(replay.body.error, 'invalid_grant')
  assert.equal(replay.status, 200, 'VK ID reports errors with HTTP 200')
})

test('a code is worth nothing when late, with another verifier, another device or another address', async () => {
  let now = Date.UTC(2026, 8, 1)
  await using emulator = await startWorld({ clock: () => now, limits: { oauthErrorsWithStatus200: false } })
  const attempt = async (change: (form: Record<string, string>) => void) => {
    const asked = pkce()
    const redirect = await consent(emulator, authorizeQuery(asked), { user_id: String(edu(1)) })
    const form: Record<string, string> = {
      grant_type: 'authorization_code',
      code: redirect.get('code') ?? '',
      code_verifier: asked.verifier,
      client_id: clientId,
      device_id: redirect.get('device_id') ?? '',
      redirect_uri: redirectUri,
      state: asked.state,
    }
    change(form)
    const { status, body } = await postForm(`${emulator.url}/oauth2/auth`, form)
    return [status, body.error]
  }
  assert.deepEqual(await attempt(() => {}), [200, undefined])
  assert.deepEqual(await attempt((form) => (form.code_verifier = pkce().verifier)), [400, 'invalid_grant'])
  assert.deepEqual(await attempt((form) => (form.device_id = 'other')), [400, 'invalid_grant'])
  assert.deepEqual(await attempt((form) => (form.redirect_uri = 'http://127.0.0.1:3000/other')), [400, 'invalid_grant'])
  assert.deepEqual(await attempt((form) => (form.client_id = '51000002')), [400, 'invalid_grant'])
  assert.deepEqual(await attempt((form) => (form.client_id = '1')), [400, 'invalid_client'])
  assert.deepEqual(await attempt((form) => (form.service_token = 'wrong')), [400, 'invalid_client'])
  assert.deepEqual(await attempt((form) => (form.service_token = 'service-key')), [200, undefined])
  assert.deepEqual(await attempt(() => (now += 601_000)), [400, 'invalid_grant'])
})

test('refreshing gives a new pair and kills the old one; tokens end by logout, by revoke and by time', async () => {
  let now = Date.UTC(2026, 8, 1)
  await using emulator = await startWorld({ clock: () => now })
  const { form, body } = await signIn(emulator, edu(1))
  const refresh = (token: unknown) =>
    postForm(`${emulator.url}/oauth2/auth`, {
      grant_type: 'refresh_token',
      refresh_token: String(token),
      client_id: clientId,
      device_id: form.device_id,
      state: 'r',
    })
  const userInfo = (token: unknown) => postForm(`${emulator.url}/oauth2/user_info`, { client_id: clientId, access_token: String(token) })
  const second = await refresh(body.refresh_token)
  assert.equal(second.body.state, 'r')
  assert.equal((await refresh(body.refresh_token)).body.error, 'invalid_grant')
  assert.equal((await userInfo(body.access_token)).body.error, 'invalid_token')
  assert.ok((await userInfo(second.body.access_token)).body.user)
  const end = (path: string, token: unknown) =>
    postForm(`${emulator.url}/oauth2/${path}`, { client_id: clientId, access_token: String(token) })
  assert.deepEqual((await end('logout', second.body.access_token)).body, { response: 1 })
  assert.equal((await userInfo(second.body.access_token)).body.error, 'invalid_token')
  const third = await signIn(emulator, edu(1))
  assert.deepEqual((await end('revoke', third.body.access_token)).body, { response: 1 })
  assert.equal(code(await callVk(emulator, 'users.get', {}, String(third.body.access_token))), 5)
  const fourth = await signIn(emulator, edu(1))
  now += 3_600_001
  assert.equal((await userInfo(fourth.body.access_token)).body.error, 'invalid_token')
})

test('an unknown address of return is blocked on the page itself', async () => {
  await using emulator = await startWorld()
  const query = authorizeQuery(pkce(), { redirect_uri: 'http://evil.example/' })
  const reply = await fetch(`${emulator.url}/authorize?${query}`, { redirect: 'manual' })
  assert.equal(reply.status, 400)
  assert.match(await reply.text(), /redirect_uri is blocked/)
  for (const wrong of [{ state: 'short' }, { code_challenge: '' }, { code_challenge_method: 'plain' }, { client_id: '7' }] as Record<
    string,
    string
  >[])
    assert.equal((await fetch(`${emulator.url}/authorize?${authorizeQuery(pkce(), wrong)}`)).status, 400)
  assert.equal((await fetch(`${emulator.url}/authorize?${authorizeQuery(pkce(), { code_challenge_method: 'S256' })}`)).status, 200)
})

test('somebody of an imported school makes an account and can be chosen at once', async () => {
  await using emulator = await startWorld()
  const query = authorizeQuery(pkce())
  const made = await fetch(`${emulator.url}/authorize/new?${query}`, {
    method: 'POST',
    body: new URLSearchParams({
      surname: 'Ёлкина',
      given_name: 'Алёна',
      patronymic: 'Петровна',
      gender: 'female',
      birth_date: '2012-05-06',
    }),
    redirect: 'manual',
  })
  assert.equal(made.status, 303)
  assert.match(made.headers.get('set-cookie') ?? '', /vkid_accounts=id990000001/)
  const found = await (await fetch(`${emulator.url}/authorize?${query}&q=${encodeURIComponent('елкина алена')}`)).text()
  assert.match(found, /Ёлкина Алёна Петровна/)
  const redirect = await consent(emulator, query, { user_id: '990000002' })
  assert.ok(redirect.get('code'))
})

test('the redirect can come in its second observed form, one payload', async () => {
  await using emulator = await startWorld({ limits: { redirectWithPayload: true } })
  const asked = pkce()
  const redirect = await consent(emulator, authorizeQuery(asked), { user_id: String(edu(2)) })
  const payload = JSON.parse(redirect.get('payload') ?? '{}') as Record<string, string>
  assert.equal(payload.state, asked.state)
  assert.equal(payload.type, 'code_v2')
  assert.ok(payload.code && payload.device_id)
})
