-- Why: a messenger's lists may not show a chat that was made minutes ago; without its age it would pass for gone and be made again.

alter table chat add column made_at timestamptz;
comment on column chat.made_at is 'when we made this chat in the messenger, or found the one that we had made; null: not made by us';
