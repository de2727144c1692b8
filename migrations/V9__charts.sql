-- How a chart looks, apart from what it draws: scale, goal, titles of the axes, format of their numbers.

alter table charts
    add column look jsonb not null default '{}',
    add constraint charts_look_object check (jsonb_typeof(look) = 'object');
