-- Why: one rate per vendor credential, fair between processes and schools, that slows down after floods and stops asking a vendor who is away.

alter table rate_budget
  add column pace real not null default 1,
  add column pace_at timestamptz not null default now(),
  add column failures integer not null default 0,
  add column open_until timestamptz not null default '-infinity',
  add column error_kind text,
  add column vendor_code text,
  add column failed_at timestamptz;
comment on column rate_budget.pace is 'how many times slower than allowed we ask since pace_at, after the vendor complained of a flood; fades by itself within minutes';
comment on column rate_budget.open_until is 'the circuit breaker: nobody asks before this moment, and then one request goes first to see';

create unlogged table rate_demand (
  credential  text not null,
  process     uuid not null,
  lane        smallint not null,
  school      text not null,
  alive_until timestamptz not null,
  primary key (credential, process, lane, school)
);
comment on table rate_demand is 'who waits for a place, in every process; a process that died is forgotten when alive_until has passed';

create unlogged table rate_turn (
  credential text not null,
  school     text not null,
  served_at  timestamptz not null,
  primary key (credential, school)
);
comment on table rate_turn is 'when a school was last served: among equals the one that has waited longest goes first';

-- The place goes to the most urgent lane of all processes, inside a lane to the school that was served longest ago.
-- granted: index into `demands` (from 0), or null with the milliseconds after which to ask again.
create function claim_request(
  wanted text, me uuid, demands jsonb, interval_ms float8, tolerance_ms float8,
  out granted integer, out wait_ms float8, out away boolean, out troubled boolean
) language plpgsql as $$
declare
  budget rate_budget;
  moment timestamptz;
  due timestamptz;
  slowed float8;
  best record;
begin
  insert into rate_budget (credential) values (wanted) on conflict do nothing;
  select * into budget from rate_budget where credential = wanted for update;
  moment := clock_timestamp();
  away := false;
  troubled := budget.failures > 0 or budget.error_kind is not null;
  if budget.open_until > moment then
    away := true;
    wait_ms := extract(epoch from budget.open_until - moment) * 1000;
    return;
  end if;
  delete from rate_demand where credential = wanted and (process = me or alive_until < moment);
  due := greatest(budget.next_at, budget.blocked_until);
  if due <= moment then
    select demand.process, demand.lane, demand.school into best
    from (
      select me as process, (item ->> 'lane')::smallint as lane, item ->> 'school' as school
      from jsonb_array_elements(demands) as item
      union all
      select other.process, other.lane, other.school from rate_demand other where other.credential = wanted
    ) demand
    left join rate_turn turn on turn.credential = wanted and turn.school = demand.school
    order by demand.lane, turn.served_at nulls first, demand.process = me desc
    limit 1;
    if best.process = me then
      slowed := interval_ms * (1 + (budget.pace - 1) * exp(-extract(epoch from moment - budget.pace_at)::float8 / 60));
      update rate_budget
      set next_at = greatest(budget.next_at, moment - tolerance_ms * interval '1 millisecond') + slowed * interval '1 millisecond',
          -- After a pause one request goes to see how the vendor is; the others wait for what it finds.
          open_until = case when budget.failures >= 5 then moment + interval '10 seconds' else budget.open_until end
      where credential = wanted;
      insert into rate_turn values (wanted, best.school, moment)
      on conflict (credential, school) do update set served_at = excluded.served_at;
      select item.position - 1 into granted
      from jsonb_array_elements(demands) with ordinality as item (value, position)
      where (item.value ->> 'lane')::smallint = best.lane and item.value ->> 'school' = best.school
      limit 1;
      wait_ms := 0;
      return;
    end if;
    due := moment + interval '5 milliseconds';
  end if;
  insert into rate_demand
  select distinct wanted, me, (item ->> 'lane')::smallint, item ->> 'school', due + interval '250 milliseconds'
  from jsonb_array_elements(demands) as item;
  wait_ms := greatest(1, extract(epoch from due - moment) * 1000);
end $$;
